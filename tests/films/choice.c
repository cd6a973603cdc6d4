/* Stands before FFmpeg's libavutil, and tells when something chooses the versions of its loops for pictures while another
   thread has it choose for sound. What libavformat decodes to look into a file goes nowhere, and may choose as it likes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int all;
static volatile int forced;
static __thread int is_own;

void av_force_cpu_flags(int flags) {
    void (*force)(int) = dlsym(RTLD_NEXT, "av_force_cpu_flags");
    force(flags);
    is_own = flags != all;
    forced = is_own;
    /* Long enough for other threads to come by. */
    if (is_own) usleep(3000);
}

int av_get_cpu_flags(void) {
    int (*get)(void) = dlsym(RTLD_NEXT, "av_get_cpu_flags");
    int flags = get();
    if (!all) all = flags;
    if (!forced || is_own) return flags;
    void *callers[64];
    int count = backtrace(callers, 64);
    Dl_info first = {0}, info;
    for (int i = 1; i < count; i++) {
        if (!dladdr(callers[i], &info)) continue;
        if (i == 1) first = info;
        if (strstr(info.dli_fname, "libavformat")) return flags;
    }
    /* The program only asks what there is. */
    if (first.dli_fname && strstr(first.dli_fname, "/lib"))
        fprintf(stderr, "%s chose for both\n", first.dli_fname);
    return flags;
}
