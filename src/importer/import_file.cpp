// Reads instead of mapping: a mapped file that somebody shortens meanwhile would end the process.
#include "importer/import_file.hpp"

#include "importer/csv.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <sys/stat.h>
#include <cstdio>

#include <fmt/format.h>

namespace importer {
namespace {

row_error refuse(std::string reason) { return {.line = 0, .reason = std::move(reason)}; }

row_error refuse_errno(std::string_view path, int error) {
    switch (error) {
        case ENOENT: return refuse(fmt::format("{}: there is no such file.", path));
        case EACCES: return refuse(fmt::format("{}: reading it is not permitted to this user.", path));
        case EISDIR: return refuse(fmt::format("{}: this is a folder; name the CSV files in it.", path));
        default: return refuse(fmt::format("{}: it cannot be read ({}).", path, std::strerror(error)));
    }
}

}  // namespace

std::variant<std::string, row_error> load_file(std::string const& path) {
    auto const close = [](std::FILE* f) { std::fclose(f); };
    std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
    if (!file) return refuse_errno(path, errno);
    struct stat about{};
    if (::fstat(::fileno(file.get()), &about) != 0) return refuse_errno(path, errno);
    if (S_ISDIR(about.st_mode)) return refuse_errno(path, EISDIR);

    constexpr auto bytes_max = csv_limits{}.file_bytes_max;
    std::string bytes;
    std::size_t got = 0;
    do {
        if (bytes.size() > bytes_max)
            return refuse(
                fmt::format("{}: it is larger than {} MiB; split it, keeping the rows of a product "
                            "together.",
                            path, bytes_max >> 20));
        auto const before = bytes.size();
        bytes.resize(before + (1UL << 16) + before / 2);
        got = std::fread(bytes.data() + before, 1, bytes.size() - before, file.get());
        bytes.resize(before + got);
    } while (got > 0);
    if (std::ferror(file.get()) != 0) return refuse_errno(path, errno);
    return bytes;
}

}  // namespace importer
