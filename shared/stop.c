/* Signals, taken by waiting for them and never by a handler, but for the last one. */
#include "stop.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define GRACE_S 3

static void fill(sigset_t *words)
{
    sigemptyset(words);
    sigaddset(words, SIGTERM);
    sigaddset(words, SIGINT);
}

void stop_prepare(void)
{
    sigset_t words;
    fill(&words);
    pthread_sigmask(SIG_BLOCK, &words, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool stop_sleep_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    sigset_t words;
    fill(&words);
    return sigtimedwait(&words, NULL, &time) < 0;
}

void stop_await(void)
{
    sigset_t words;
    int signal_number;
    fill(&words);
    sigwait(&words, &signal_number);
    pthread_sigmask(SIG_UNBLOCK, &words, NULL);
    log_info(LOG_EVENT("stopping"), LOG_INT("signal", signal_number));
}

static void give_up(int signal_number)
{
    static const char sentence[] = "{\"level\":\"error\",\"event\":\"stop_given_up\"}\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
    (void)written;
    _exit(1);
}

void stop_limit(int64_t drain_ms)
{
    signal(SIGALRM, give_up);
    alarm((unsigned)(drain_ms / 1000) + GRACE_S);
}
