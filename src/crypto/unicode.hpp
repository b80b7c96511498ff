// Texts that look the same are the same, however a keyboard has composed them (Unicode Standard Annex 15).
#pragma once

#include <string>
#include <string_view>

namespace crypto {

// In normalisation form C. Throws std::invalid_argument for what is not UTF-8.
std::string to_nfc(std::string_view utf8);

// The same without regard to case: for comparing, not for showing.
std::string case_folded(std::string_view utf8);

}  // namespace crypto
