// Titles into handles, where what cannot be spelled in a-z is left out, and texts into the words to search,
// where it stays.
#include "core/text.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace core {
namespace {

constexpr std::size_t length_max = 200;  // of a handle

// Latin letters without their accents, from Unicode's compatibility decompositions and, for the letters
// that have none, by their look. '+': two letters, found in `pairs`; '.': left out; '-': not a letter.
constexpr char32_t latin_first = 0x00C0;
constexpr std::string_view latin =
    "aaaaaa+ceeeeiiiidnooooo-ouuuuy++aaaaaa+ceeeeiiiidnooooo-ouuuuy+yaaaaaaccccccccddddeeeeeeeeeegggg"
    "gggghhhhiiiiiiiiii++jjkkkllllllllllnnnnnnnnnoooooo++rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    "bb....occdd...eee..g.+iikk...n.ooo..pp.........uu.vyyzz.............+++++++++aaiioouuuuuuuuuueaa"
    "aa++..ggkkoooo..j+++gg+.nnaa++ooaaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy..t...acclt."
    "...bu.eejj..rryy";
static_assert(latin.size() == 0x0250 - latin_first);

constexpr char32_t additional_first = 0x1E00;
constexpr std::string_view additional =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr"
    "ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyas..+.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";
static_assert(additional.size() == 0x1F00 - additional_first);

struct pair {
    char32_t letter;
    char const* spelled;
};
constexpr pair pairs[] = {
    {0x00C6, "ae"}, {0x00DE, "th"}, {0x00DF, "ss"}, {0x00E6, "ae"}, {0x00FE, "th"}, {0x0132, "ij"},
    {0x0133, "ij"}, {0x0152, "oe"}, {0x0153, "oe"}, {0x0195, "hv"}, {0x01C4, "dz"}, {0x01C5, "dz"},
    {0x01C6, "dz"}, {0x01C7, "lj"}, {0x01C8, "lj"}, {0x01C9, "lj"}, {0x01CA, "nj"}, {0x01CB, "nj"},
    {0x01CC, "nj"}, {0x01E2, "ae"}, {0x01E3, "ae"}, {0x01F1, "dz"}, {0x01F2, "dz"}, {0x01F3, "dz"},
    {0x01F6, "hv"}, {0x01FC, "ae"}, {0x01FD, "ae"}, {0x1E9E, "ss"},
};

bool is_apostrophe(char32_t c) { return c == '\'' || c == 0x2019 || c == 0x02BC; }  // "Men's" is one word

bool is_between_words(char32_t c) {
    return c < latin_first || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c < 0x3005) ||
           (c >= 0x3008 && c < 0x3021) || (c >= 0xFE10 && c < 0xFE70) || c >= 0x1F000;
}

// The letters for one code point; "" to leave it out, "-" for what stands between words.
std::string_view spelled(char32_t c) {
    static constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz0123456789-";
    auto const one = [](char letter) {
        return letter == '.' ? std::string_view{} : lower.substr(lower.find(letter), 1);
    };
    if (is_apostrophe(c)) return {};
    if (c < 0x80) {
        char const a = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        return one(lower.find(a) == lower.npos ? '-' : a);
    }
    for (pair const& p : pairs)
        if (p.letter == c) return p.spelled;
    if (c >= latin_first && c < latin_first + latin.size()) return one(latin[c - latin_first]);
    if (c >= additional_first && c < additional_first + additional.size())
        return one(additional[c - additional_first]);
    return is_between_words(c) ? std::string_view{"-"} : std::string_view{};
}

// Greek and Cyrillic: capitals small, then without accents.
char32_t plain_letter(char32_t c) {
    static constexpr std::array<std::pair<char32_t, char32_t>, 25> accented{{
        {0x0386, 0x03B1}, {0x0388, 0x03B5}, {0x0389, 0x03B7}, {0x038A, 0x03B9}, {0x038C, 0x03BF},
        {0x038E, 0x03C5}, {0x038F, 0x03C9}, {0x0390, 0x03B9}, {0x03AA, 0x03B9}, {0x03AB, 0x03C5},
        {0x03AC, 0x03B1}, {0x03AD, 0x03B5}, {0x03AE, 0x03B7}, {0x03AF, 0x03B9}, {0x03B0, 0x03C5},
        {0x03C2, 0x03C3}, {0x03CA, 0x03B9}, {0x03CB, 0x03C5}, {0x03CC, 0x03BF}, {0x03CD, 0x03C5},
        {0x03CE, 0x03C9}, {0x0439, 0x0438}, {0x0451, 0x0435}, {0x0457, 0x0456}, {0x045E, 0x0443},
    }};
    if ((c >= 0x0391 && c <= 0x03A9) || (c >= 0x0410 && c <= 0x042F)) c += 0x20;
    if (c >= 0x0400 && c <= 0x040F) c += 0x50;
    auto const found = std::ranges::find(accented, c, &std::pair<char32_t, char32_t>::first);
    return found == accented.end() ? c : found->second;
}

// As spelled(), but what has no spelling in a-z is itself.
std::string searched(char32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // the wide forms of ASCII
    bool const accent = c >= 0x0300 && c < 0x0370;
    if (accent || is_apostrophe(c)) return {};
    std::string out(spelled(c));
    if (out.empty()) append_code_point(out, plain_letter(c));
    return out;
}

}  // namespace

std::string slug(std::string_view title) {
    std::string out;
    bool gap = false;
    while (!title.empty()) {
        auto const c = take_code_point(title);
        std::string_view const letters = c ? spelled(*c) : std::string_view{"-"};
        if (!c) title.remove_prefix(1);
        if (letters == "-") {
            gap = true;
            continue;
        }
        if (letters.empty()) continue;
        std::size_t const needed = letters.size() + (gap && !out.empty() ? 1 : 0);
        if (out.size() + needed > length_max) break;
        if (gap && !out.empty()) out.push_back('-');
        gap = false;
        out.append(letters);
    }
    return out;
}

std::string search_words(std::string_view text) {
    std::string out;
    bool gap = false;
    while (!text.empty()) {
        auto const c = take_code_point(text);
        std::string const letters = c ? searched(*c) : "-";
        if (!c) text.remove_prefix(1);
        if (letters == "-") {
            gap = true;
            continue;
        }
        if (gap && !out.empty() && !letters.empty()) out.push_back(' ');
        if (!letters.empty()) gap = false;
        out.append(letters);
    }
    return out;
}

}  // namespace core
