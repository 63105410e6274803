/* Reads /proc/self and the CPU clock. */
#include "metrics_process.h"

#include <dirent.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

static void write_metric(FILE *out, const char *name, const char *kind, const char *help, double value)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, kind, name, value);
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = -1;
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1)
            pages = -1;
        fclose(file);
    }
    return pages < 0 ? -1 : (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
    struct timespec used;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return -1;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The folder itself is one of those open while we look. */
static double open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -1;
    int count = -1;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

/* Field 22 of /proc/self/stat counts ticks since boot; the fields before it follow a name that may hold blanks. */
static double start_ticks(void)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = '\0';
    const char *behind_name = strrchr(text, ')');
    unsigned long long ticks;
    const char *format = ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
    return behind_name && sscanf(behind_name, format, &ticks) == 1 ? (double)ticks : -1;
}

/* Whole seconds: the two clocks are read one after the other, and a start that wavers would look like restarts. */
static double start_seconds(void)
{
    struct timespec up;
    double ticks = start_ticks();
    if (ticks < 0 || clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return -1;
    int64_t boot_us = clock_now_us() - ((int64_t)up.tv_sec * US_PER_S + up.tv_nsec / 1000);
    return (double)((boot_us + US_PER_S / 2) / US_PER_S) + ticks / (double)sysconf(_SC_CLK_TCK);
}

static const struct {
    const char *name, *kind, *help;
    double (*read)(void); /* negative: not known */
} process_metrics[] = {
    {"process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", resident_bytes},
    {"process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpu_seconds},
    {"process_open_fds", "gauge", "Number of open file descriptors.", open_descriptors},
    {"process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", start_seconds},
};

void metrics_process_write(FILE *out)
{
    for (size_t i = 0; i < sizeof(process_metrics) / sizeof(process_metrics[0]); i++) {
        double value = process_metrics[i].read();
        if (value >= 0)
            write_metric(out, process_metrics[i].name, process_metrics[i].kind, process_metrics[i].help, value);
    }
}
