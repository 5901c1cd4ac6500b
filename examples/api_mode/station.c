#include "station.h"

#include <stdlib.h>
#include <string.h>

struct station {
    listener_t listener;
    void *context;
    int count;
    reading_t readings[STATION_CAPACITY];
};

int stations_open = 0;
double station_limits[2] = {-90.0, 60.0};
const char *station_maker = "Weatherworks";

station_t *station_open(listener_t listener, void *context)
{
    station_t *station = calloc(1, sizeof *station);
    if (station != NULL) {
        station->listener = listener;
        station->context = context;
        stations_open++;
    }
    return station;
}

void station_close(station_t *station)
{
    if (station != NULL) {
        stations_open--;
        free(station);
    }
}

int station_record(station_t *station, reading_t reading)
{
    int answer = 0;
    if (station->count == STATION_CAPACITY)
        return -1;
    if (reading.celsius < station_limits[0] || reading.celsius > station_limits[1])
        return -1;
    if (station->listener != NULL)
        answer = station->listener(&reading, station->context);
    if (answer < 0)
        return -1;
    station->readings[station->count++] = reading;
    return answer;
}

int station_count(const station_t *station)
{
    return station->count;
}

reading_t station_summary(const station_t *station)
{
    reading_t summary;
    int i;
    memset(&summary, 0, sizeof summary);
    for (i = 0; i < station->count; i++) {
        const reading_t *reading = &station->readings[i];
        summary.celsius += reading->celsius / station->count;
        if (reading->sky > summary.sky)
            summary.sky = reading->sky;
        if (reading->gusts > summary.gusts)
            summary.gusts = reading->gusts;
        summary.windy |= reading->windy;
    }
    strcpy(summary.label, "summary");
    return summary;
}

int station_copy(const station_t *station, reading_t *out, int room)
{
    int n = station->count < room ? station->count : room;
    if (n > 0)
        memcpy(out, station->readings, (size_t)n * sizeof *out);
    return station->count;
}

void station_print(const station_t *station, FILE *out)
{
    int i;
    for (i = 0; i < station->count; i++)
        fprintf(out, "%s %.1f\n", station->readings[i].label, station->readings[i].celsius);
    fflush(out);
}
