// Fills the table of libpq's functions with dlopen and dlsym.
#include "db/libpq.hpp"

#include "db/error.hpp"

#include <dlfcn.h>

#include <string>

namespace db {
namespace {

libpq load() {
    void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        char const* const why = ::dlerror();
        throw unavailable(std::string("PostgreSQL's client library cannot be opened (") +
                          (why ? why : "no reason given") + "); install it (Debian: apt-get install libpq5)");
    }
    auto find = [library](char const* name) {
        void* const found = ::dlsym(library, name);
        if (found == nullptr)
            throw unavailable(std::string("libpq.so.5 has no ") + name +
                              "; version 14 or newer of PostgreSQL's client library is needed");
        return found;
    };
    libpq table{};
#define CARRACK_LIBPQ_FIND(name) table.name = reinterpret_cast<decltype(&::PQ##name)>(find("PQ" #name));
    CARRACK_LIBPQ_FUNCTIONS(CARRACK_LIBPQ_FIND)
#undef CARRACK_LIBPQ_FIND
    return table;
}

}  // namespace

libpq const& pq() {
    static libpq const table = load();  // tried again by the next caller when it throws
    return table;
}

}  // namespace db
