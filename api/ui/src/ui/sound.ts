interface Sound {
  pause: () => void;
}

let playing: Sound | undefined;

/** To be called when a sound starts: the one before it pauses. */
export function pauseOthers(sound: Sound): void {
  if (playing !== sound) playing?.pause();
  playing = sound;
}
