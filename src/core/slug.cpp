// Titles into handles: what can be spelled in a-z is, what cannot is left out.
#include "core/text.hpp"

#include "core/utf8.hpp"

#include <algorithm>

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

// The letters for one code point; "" to leave it out, "-" for what stands between words.
std::string_view spelled(char32_t c) {
    static constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz0123456789-";
    auto const one = [](char letter) {
        return letter == '.' ? std::string_view{} : lower.substr(lower.find(letter), 1);
    };
    if (c < 0x80) {
        char const a = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (a == '\'') return {};  // "Men's" is one word
        return one(lower.find(a) == lower.npos ? '-' : a);
    }
    for (pair const& p : pairs)
        if (p.letter == c) return p.spelled;
    if (c >= latin_first && c < latin_first + latin.size()) return one(latin[c - latin_first]);
    if (c >= additional_first && c < additional_first + additional.size())
        return one(additional[c - additional_first]);
    if (c == 0x2019 || c == 0x02BC) return {};  // the typographic apostrophes
    bool const between = c < latin_first || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c < 0x3005) ||
                         (c >= 0x3008 && c < 0x3021) || (c >= 0xFE10 && c < 0xFE70) || c >= 0x1F000;
    return between ? std::string_view{"-"} : std::string_view{};
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

}  // namespace core
