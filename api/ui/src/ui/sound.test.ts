import { expect, test, vi } from "vitest";
import { pauseOthers } from "./sound";

test("a sound that starts pauses the previous one, and not itself", () => {
  const [first, second] = [{ pause: vi.fn() }, { pause: vi.fn() }];
  pauseOthers(first);
  pauseOthers(first);
  expect(first.pause).not.toHaveBeenCalled();
  pauseOthers(second);
  expect(first.pause).toHaveBeenCalledOnce();
  expect(second.pause).not.toHaveBeenCalled();
  pauseOthers(first);
  expect(second.pause).toHaveBeenCalledOnce();
});
