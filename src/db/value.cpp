// PostgreSQL's binary formats: network byte order, timestamptz as microseconds since 2000-01-01,
// arrays as header and length-prefixed elements, jsonb behind its version byte.
#include "db/value.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace db::detail {
namespace {

constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;  // 2000-01-01T00:00:00Z

template <class Unsigned>
void put_big_endian(std::string& out, Unsigned v) {
    char bytes[sizeof v];
    for (std::size_t i = sizeof v; i-- > 0; v = static_cast<Unsigned>(v >> 8))
        bytes[i] = static_cast<char>(v & 0xff);
    out.append(bytes, sizeof v);
}

template <class Unsigned>
Unsigned read_big_endian(char const* at) {
    Unsigned v = 0;
    for (std::size_t i = 0; i < sizeof v; ++i)
        v = static_cast<Unsigned>((v << 8) | static_cast<unsigned char>(at[i]));
    return v;
}

void must_have(cell c, std::size_t size, char const* what) {
    if (c.size != size)
        throw std::runtime_error(std::string("a column is not the ") + what +
                                 " it should be: " + std::to_string(c.size) + " bytes");
}

}  // namespace

// put_int16 shifts by 8 in int: the casts above keep -Wconversion and the value right.
void put_int16(std::string& out, std::int16_t v) { put_big_endian(out, static_cast<std::uint16_t>(v)); }
void put_int32(std::string& out, std::int32_t v) { put_big_endian(out, static_cast<std::uint32_t>(v)); }
void put_int64(std::string& out, std::int64_t v) { put_big_endian(out, static_cast<std::uint64_t>(v)); }

std::size_t begin_element(std::string& out) {
    out.append(4, '\0');
    return out.size();
}

void end_element(std::string& out, std::size_t began) {
    std::size_t const size = out.size() - began;
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw std::runtime_error("an array element is too long for PostgreSQL");
    auto const length = static_cast<std::uint32_t>(size);
    for (std::size_t i = 0; i < 4; ++i)
        out[began - 4 + i] = static_cast<char>((length >> (24 - 8 * i)) & 0xff);
}

std::int16_t get_int16(cell c) {
    must_have(c, 2, "smallint");
    return static_cast<std::int16_t>(read_big_endian<std::uint16_t>(c.data));
}
std::int32_t get_int32(cell c) {
    must_have(c, 4, "integer");
    return static_cast<std::int32_t>(read_big_endian<std::uint32_t>(c.data));
}
std::int64_t get_int64(cell c) {
    must_have(c, 8, "bigint");
    return static_cast<std::int64_t>(read_big_endian<std::uint64_t>(c.data));
}
bool get_bool(cell c) {
    must_have(c, 1, "boolean");
    return c.data[0] != '\0';
}
std::string_view get_text(cell c) { return {c.data, c.size}; }

std::string_view get_jsonb(cell c) {
    // json comes as plain text, which cannot begin with a byte of value 1.
    if (c.size > 0 && c.data[0] == '\1') return {c.data + 1, c.size - 1};
    return {c.data, c.size};
}

core::uuid get_uuid(cell c) {
    must_have(c, 16, "uuid");
    core::uuid out;
    std::memcpy(out.bytes.data(), c.data, 16);
    return out;
}

core::timestamp get_timestamp(cell c) {
    must_have(c, 8, "timestamptz");
    auto const us = static_cast<std::int64_t>(read_big_endian<std::uint64_t>(c.data));
    // PostgreSQL's infinity and -infinity are the ends of the type; they stay at its ends.
    if (us > std::numeric_limits<std::int64_t>::max() - postgres_epoch_us)
        return {std::numeric_limits<std::int64_t>::max()};
    if (us == std::numeric_limits<std::int64_t>::min()) return {us};
    return {us + postgres_epoch_us};
}

void put_timestamp(std::string& out, core::timestamp t) {
    if (t.us == std::numeric_limits<std::int64_t>::max()) return put_int64(out, t.us);
    if (t.us < std::numeric_limits<std::int64_t>::min() + postgres_epoch_us)
        return put_int64(out, std::numeric_limits<std::int64_t>::min());
    put_int64(out, t.us - postgres_epoch_us);
}

void unexpected_null() { throw std::runtime_error("a column that is never null was null"); }

void unknown_enumerator(std::string_view text) {
    throw std::runtime_error("the database holds \"" + std::string(text.substr(0, 100)) +
                             "\" where the program knows no such name");
}

void put_array_header(std::string& out, oid element, std::size_t count, bool has_nulls) {
    if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw std::runtime_error("an array is too long for PostgreSQL");
    put_int32(out, count == 0 ? 0 : 1);  // dimensions
    put_int32(out, has_nulls ? 1 : 0);
    put_int32(out, static_cast<std::int32_t>(element));
    if (count == 0) return;
    put_int32(out, static_cast<std::int32_t>(count));
    put_int32(out, 1);  // lower bound
}

array_reader::array_reader(cell c) : at_(c.data), end_(c.data + c.size), count_(0) {
    if (c.size < 12) throw std::runtime_error("a column is not the array it should be");
    auto const dimensions = get_int32({at_, 4});
    at_ += 12;
    if (dimensions == 0) return;
    if (dimensions != 1 || c.size < 20) throw std::runtime_error("an array has more than one dimension");
    auto const count = get_int32({at_, 4});
    at_ += 8;
    // Every element costs at least its length, so a lying count can't make us reserve without end.
    if (count < 0 || static_cast<std::size_t>(count) > static_cast<std::size_t>(end_ - at_) / 4)
        throw std::runtime_error("an array's count does not fit its size");
    count_ = static_cast<std::size_t>(count);
}

cell array_reader::next() {
    if (end_ - at_ < 4) throw std::runtime_error("an array ends too early");
    auto const size = get_int32({at_, 4});
    at_ += 4;
    if (size < 0) return {nullptr, 0};
    if (end_ - at_ < size) throw std::runtime_error("an array ends too early");
    cell const out{at_, static_cast<std::size_t>(size)};
    at_ += size;
    return out;
}

}  // namespace db::detail
