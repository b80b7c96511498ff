// libsodium, started before its first use. Included by this layer's .cpp files only.
#pragma once

#include <sodium.h>

#include <stdexcept>

namespace crypto {

inline void start_sodium() {
    static int const outcome = sodium_init();
    if (outcome < 0) throw std::runtime_error("libsodium cannot be started");
}

inline unsigned char const* bytes_of(std::string_view s) {
    return reinterpret_cast<unsigned char const*>(s.data());
}

}  // namespace crypto
