/* A weather station: keeps its readings and tells its listener what it sees. */
#ifndef STATION_H
#define STATION_H

#include <stddef.h>
#include <stdio.h>

#define STATION_CAPACITY 8

enum sky { SKY_CLEAR, SKY_CLOUDS, SKY_RAIN = 10, SKY_SNOW };

typedef struct {
    double celsius;
    enum sky sky;
    short gusts;
    _Bool windy;
    char label[12];
} reading_t;

typedef struct station station_t;

/* Called for each reading; what it returns is added up, a negative number refuses the reading. */
typedef int (*listener_t)(const reading_t *reading, void *context);

extern int stations_open;
extern double station_limits[2]; /* lowest and highest temperature that is believed, in Celsius */
extern const char *station_maker;

station_t *station_open(listener_t listener, void *context);
void station_close(station_t *station);

/* The listener's answer, or -1: full, not believed, or refused. */
int station_record(station_t *station, reading_t reading);
int station_count(const station_t *station);

/* The mean temperature and the worst sky; a count of 0 gives zeros. */
reading_t station_summary(const station_t *station);

/* Copies up to `room` readings; how many there were. */
int station_copy(const station_t *station, reading_t *out, int room);

/* One line for each reading. */
void station_print(const station_t *station, FILE *out);

#endif
