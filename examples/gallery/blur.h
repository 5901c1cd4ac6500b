/** Blurs the rows of a picture of bytes: each one becomes the mean of itself and its neighbours. */
void blur_rows(const unsigned char *picture, unsigned char *result, int width, int height);
