"""Character Bounding-box Refinement (CBR): from the words of an image to a box for every character."""
