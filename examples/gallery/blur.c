#include "blur.h"

void blur_rows(const unsigned char *picture, unsigned char *result, int width, int height)
{
    for (int y = 0; y < height; y++, picture += width, result += width)
        for (int x = 0; x < width; x++) {
            int left = x > 0 ? x - 1 : x, right = x < width - 1 ? x + 1 : x;
            result[x] = (unsigned char)((picture[left] + picture[x] + picture[right]) / 3);
        }
}
