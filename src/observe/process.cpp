// What the kernel knows about this process.
#include "observe/log.hpp"
#include "observe/metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>

namespace observe {
namespace {

double resident_bytes() {
    std::unique_ptr<FILE, int (*)(FILE*)> const file(std::fopen("/proc/self/statm", "re"), &std::fclose);
    long resident = 0;  // the second of the numbers, in pages
    if (!file || std::fscanf(file.get(), "%*d %ld", &resident) != 1) return 0;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
    std::unique_ptr<DIR, int (*)(DIR*)> const folder(opendir("/proc/self/fd"), &closedir);
    if (!folder) return 0;
    int count = -1;  // the one that reads the folder
    while (dirent const* const e = readdir(folder.get()))
        if (e->d_name[0] != '.') ++count;
    return count;
}

double descriptors_max() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

void watch_process(std::string_view version) {
    static std::once_flag once;
    std::call_once(once, [&] {
        using namespace std::chrono;
        double const started = duration<double>(system_clock::now().time_since_epoch()).count();
        static watched_value const watched[] = {
            {"process_resident_memory_bytes", "Memory in use.", {}, resident_bytes},
            {"process_open_fds", "Open file descriptors.", {}, open_descriptors},
            {"process_max_fds", "How many file descriptors may be open.", {}, descriptors_max},
            {"process_cpu_seconds_total",
             "CPU time spent, in the program and in the kernel.",
             {},
             cpu_seconds},
            {"process_start_time_seconds",
             "When the process started, since the epoch.",
             {},
             [started] { return started; }},
            {"carrack_log_dropped_bytes_total",
             "Bytes of log lines that were lost because nobody read them in time.",
             {},
             [] { return static_cast<double>(log_bytes_dropped()); }},
            {"carrack_build_info",
             "Always 1; the version is in the label.",
             {{"version", std::string(version)}},
             [] { return 1.0; }},
        };
        (void)watched;
    });
}

}  // namespace observe
