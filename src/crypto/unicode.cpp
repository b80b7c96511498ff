#include "crypto/unicode.hpp"

#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include <sodium.h>
#include <utf8proc.h>

namespace crypto {
namespace {

std::string mapped(std::string_view utf8, int options) {
    if (utf8.empty()) return {};
    utf8proc_uint8_t* made = nullptr;
    auto const size = utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(utf8.data()),
                                   static_cast<utf8proc_ssize_t>(utf8.size()), &made,
                                   static_cast<utf8proc_option_t>(options));
    if (size < 0) throw std::invalid_argument(utf8proc_errmsg(size));
    std::string out(reinterpret_cast<char const*>(made), static_cast<std::size_t>(size));
    sodium_memzero(made, static_cast<std::size_t>(size));  // it may have been a password
    std::free(made);
    return out;
}

constexpr int composed = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

}  // namespace

std::string to_nfc(std::string_view utf8) { return mapped(utf8, composed); }

std::string case_folded(std::string_view utf8) { return mapped(utf8, composed | UTF8PROC_CASEFOLD); }

}  // namespace crypto
