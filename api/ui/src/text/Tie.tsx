/** Ties a word to the next one, to which its ezafe leads. The word's own box has to be positioned. */
export function Tie({ className }: { className: string }) {
  return (
    <span
      aria-hidden
      className={`absolute inset-e-[-0.625rem] z-10 h-2 w-5 rounded-b-full border-b-2 border-accent ${className}`}
    />
  );
}
