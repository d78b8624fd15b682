/** The columns that the first line of `metadata.csv` may name, in the server's words. */
export const METADATA_COLUMNS = ["id", "text", "normalized", "phonemes", "speaker"] as const;
