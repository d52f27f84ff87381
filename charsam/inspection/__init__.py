"""Why a mask is wrong: what speaks against each character, against truth and without it, in one image and over many."""
