"""How good masks are: the paper's scores and tables, on datasets and on generated scenes."""
