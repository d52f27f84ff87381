/** A character of this suspicion or more is to check, unless somebody has decided on it. */
export const SUSPICIOUS = 0.5;
