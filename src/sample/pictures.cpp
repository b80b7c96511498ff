#include "sample/pictures.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace sample {
namespace {

struct colouring {
    std::string_view name;
    std::string_view ground, disc, ink, main, accent;
};
constexpr colouring colourings[] = {
    {"sea", "#e3edf2", "#c2d8e3", "#17324a", "#2f5d7c", "#dba53c"},
    {"sand", "#f6eddd", "#ead8b8", "#3b2f22", "#a8662f", "#2f5d7c"},
    {"dusk", "#f5e3dc", "#e8c6b9", "#3d2230", "#b1452f", "#e3ad4f"},
    {"moss", "#e5ece1", "#c9d9c1", "#1f3529", "#466b52", "#dcb658"},
};

// Filled with main, accent, ink and paper: m, a, k, p. Drawn with a line of ink, main, accent, paper: i, t,
// g, w.
struct drawing {
    std::string_view name, branch, body;
};
constexpr drawing drawings[] = {
    {"rope", "Rope & Line", R"svg(<g class="t" stroke-width="24"><ellipse cx="200" cy="210" rx="112" ry="78"/>
<ellipse cx="200" cy="204" rx="78" ry="50"/><ellipse cx="200" cy="198" rx="44" ry="24"/>
<path d="M306 236c22 34 4 66-38 70"/></g><g class="w" stroke-width="3" stroke-dasharray="3 13">
<ellipse cx="200" cy="210" rx="112" ry="78"/><ellipse cx="200" cy="204" rx="78" ry="50"/>
<ellipse cx="200" cy="198" rx="44" ry="24"/><path d="M306 236c22 34 4 66-38 70"/></g>
<path class="g" stroke-width="26" d="M272 306l-22 2"/>)svg"},
    {"hardware", "Hardware", R"svg(<path class="t" stroke-width="34" d="M140 268V186a60 60 0 0 1 120 0v82"/>
<path class="w" stroke-width="5" d="M150 186a50 50 0 0 1 36-47"/><rect class="k" x="96" y="254" width="208" height="30" rx="8"/>
<circle class="a" cx="140" cy="269" r="27"/><circle class="a" cx="260" cy="269" r="27"/>
<circle class="k" cx="140" cy="269" r="8"/><circle class="k" cx="260" cy="269" r="8"/>
<circle class="i" cx="312" cy="269" r="15" stroke-width="9"/>)svg"},
    {"lamp", "Lamps & Lights", R"svg(<path class="i" stroke-width="8" d="M140 186C140 70 260 70 260 186"/>
<path class="k" d="M168 118h64l14 30h-92z"/><path class="p" d="M160 148h80c26 40 22 78-6 112h-68c-28-34-32-72-6-112z"/>
<path class="a" d="M200 168c24 34 26 62 0 74-26-12-24-40 0-74z"/><path class="p" d="M200 204c10 16 10 28 0 34-10-6-10-18 0-34z"/>
<path class="i" stroke-width="5" d="M152 204h96"/><path class="m" d="M158 260h84l20 46H138z"/>
<rect class="k" x="128" y="304" width="144" height="16" rx="6"/><circle class="a" cx="244" cy="283" r="9"/>)svg"},
    {"compass", "Navigation",
     R"svg(<circle class="k" cx="200" cy="200" r="122"/><circle class="p" cx="200" cy="200" r="106"/>
<circle class="i" cx="200" cy="200" r="92" stroke-width="10" stroke-dasharray="2 10.05"/>
<path class="t" stroke-width="3" d="M146 146l108 108M254 146L146 254"/>
<path class="m" d="M200 106l16 78 78 16-78 16-16 78-16-78-78-16 78-16z"/><path class="a" d="M200 106l16 78-16 16z"/>
<path class="k" d="M200 294l-16-78 16-16zM106 200l78-16 16 16zM294 200l-78 16-16-16z"/>
<circle class="p" cx="200" cy="200" r="9"/><circle class="k" cx="200" cy="66" r="14"/>)svg"},
    {"mug", "Galley",
     R"svg(<path class="w" stroke-width="9" d="M160 124c-16-22 16-34 0-58M204 124c-16-22 16-34 0-58M248 124c-16-22 16-34 0-58"/>
<path class="i" stroke-width="22" d="M270 186c62-6 62 84-6 80"/><path class="m" d="M124 150h160l-10 150q-2 20-22 20h-96q-20 0-22-20z"/>
<ellipse class="k" cx="204" cy="150" rx="80" ry="15"/><ellipse class="a" cx="204" cy="153" rx="66" ry="9"/>
<path class="w" stroke-width="6" d="M204 206v76M176 248c2 26 18 34 28 34s26-8 28-34M186 220h36"/><circle class="w" cx="204" cy="198" r="9" stroke-width="5"/>)svg"},
    {"porthole", "Cabin",
     R"svg(<circle class="a" cx="200" cy="200" r="128"/><circle class="k" cx="200" cy="200" r="98"/>
<circle class="p" cx="200" cy="200" r="90"/><path class="m" d="M110 206c20-16 38-16 60 0s38 16 60 0 40-16 60 0a90 90 0 0 1-180 0z"/>
<path class="w" stroke-width="5" d="M122 240c20-14 32-14 52 0s34 14 52 0 32-14 52 0"/>
<path class="k" d="M168 192h66l-12 20h-42z"/><path class="i" stroke-width="4" d="M200 192v-58"/><path class="a" d="M204 138l30 46h-30z"/>
<g class="k"><circle cx="200" cy="86" r="7"/><circle cx="200" cy="314" r="7"/><circle cx="86" cy="200" r="7"/><circle cx="314" cy="200" r="7"/>
<circle cx="119" cy="119" r="7"/><circle cx="281" cy="119" r="7"/><circle cx="119" cy="281" r="7"/><circle cx="281" cy="281" r="7"/></g>)svg"},
    {"chart", "Desk & Charts", R"svg(<path class="p" d="M86 122l76-26 76 26 76-26v182l-76 26-76-26-76 26z"/>
<path class="i" stroke-width="3" d="M162 96v182M238 122v182" opacity=".35"/>
<path class="m" d="M96 150c34-8 52 10 46 36s-22 24-46 28zM262 206c22-12 40-6 52-4v56l-40 14c-22-18-30-52-12-66z"/>
<path class="g" stroke-width="6" stroke-dasharray="11 9" d="M130 250c44-4 44-66 88-70 24-2 32-20 50-30"/>
<path class="i" stroke-width="8" d="M262 132l24 24M286 132l-24 24"/><circle class="k" cx="126" cy="250" r="8"/>
<path class="i" stroke-width="6" d="M86 122l76-26 76 26 76-26v182l-76 26-76-26-76 26z"/>)svg"},
    {"oilskin", "Foul-Weather Gear",
     R"svg(<path class="a" d="M164 96h72l52 34 34 128-44 14-18-62 10 112H130l10-112-18 62-44-14 34-128z"/>
<path class="k" d="M164 96c0 44 72 44 72 0l-12-14h-48z"/><path class="i" stroke-width="5" d="M200 132v190"/>
<path class="i" stroke-width="4" d="M140 210l8-52M260 210l-8-52M150 262h34M216 262h34"/>
<g class="m"><circle cx="214" cy="164" r="7"/><circle cx="214" cy="204" r="7"/><circle cx="214" cy="244" r="7"/><circle cx="214" cy="288" r="7"/></g>)svg"},
    {"sweater", "Knitwear",
     R"svg(<path class="m" d="M158 104h84l48 26 36 138-46 12-18-70v104H138V210l-18 70-46-12 36-138z"/>
<path class="k" d="M158 104c4 34 80 34 84 0l-10-14h-64z"/><rect class="k" x="138" y="298" width="124" height="18"/>
<path class="w" stroke-width="5" d="M140 176l15-14 15 14 15-14 15 14 15-14 15 14 15-14 15 14"/>
<path class="g" stroke-width="6" d="M140 204h120" stroke-dasharray="8 6"/>
<path class="w" stroke-width="5" d="M140 232l15 14 15-14 15 14 15-14 15 14 15-14 15 14 15-14"/>
<path class="g" stroke-width="6" d="M140 266h120" stroke-dasharray="8 6"/>)svg"},
    {"bag", "Bags", R"svg(<path class="i" stroke-width="12" d="M262 136c56 40 56 110 6 152"/>
<path class="m" d="M130 138h140l10 158q0 26-80 26t-80-26z"/><ellipse class="k" cx="200" cy="138" rx="70" ry="20"/>
<path class="p" d="M134 190h132l3 46H131z"/><path class="g" stroke-width="9" d="M142 132c20-44 96-44 116 0"/>
<path class="i" stroke-width="5" d="M200 198v30M186 204h28M184 216c2 14 30 14 32 0"/>
<circle class="a" cx="142" cy="156" r="8"/><circle class="a" cx="174" cy="164" r="8"/><circle class="a" cx="226" cy="164" r="8"/><circle class="a" cx="258" cy="156" r="8"/>)svg"},
};

std::string style_of(colouring const& c) {
    return fmt::format(
        ".m{{fill:{0}}}.a{{fill:{1}}}.k{{fill:{2}}}.p{{fill:#fffdf8}}.i,.t,.g,.w{{fill:none;stroke-linecap:"
        "round;"
        "stroke-linejoin:round}}.i{{stroke:{2}}}.t{{stroke:{0}}}.g{{stroke:{1}}}.w{{stroke:#fffdf8}}",
        c.main, c.accent, c.ink);
}

}  // namespace

std::string picture_name(std::string_view branch, std::size_t number) {
    for (drawing const& d : drawings)
        if (d.branch == branch)
            return fmt::format("{}-{}.svg", d.name, colourings[number % std::size(colourings)].name);
    throw std::logic_error("the sample shop has no picture of " + std::string(branch));
}

std::vector<std::string> picture_names() {
    std::vector<std::string> out;
    for (drawing const& d : drawings)
        for (colouring const& c : colourings) out.push_back(fmt::format("{}-{}.svg", d.name, c.name));
    return out;
}

std::optional<std::string> draw(std::string_view name) {
    for (drawing const& d : drawings)
        for (colouring const& c : colourings)
            if (name == fmt::format("{}-{}.svg", d.name, c.name))
                return fmt::format(
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 400\" width=\"800\" "
                    "height=\"800\">"
                    "<style>{}</style><rect width=\"400\" height=\"400\" fill=\"{}\"/>"
                    "<circle cx=\"200\" cy=\"200\" r=\"165\" fill=\"{}\"/>{}</svg>\n",
                    style_of(c), c.ground, c.disc, d.body);
    return std::nullopt;
}

}  // namespace sample
