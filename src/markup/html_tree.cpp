// The tree lives in an arena thrown away as a whole: libgumbo's own clean-up recurses as deep as the
// document, and hostile nesting makes trees far larger than their source (every block repeats all
// open formatting elements), so the arena's budget is what bounds both.
#include "markup/html_tree.hpp"

#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace markup {
namespace {

constexpr std::size_t budget_bytes = 16UL << 20;
constexpr std::size_t chunk_bytes = 256UL << 10;

class arena {
public:
    arena() = default;
    arena(arena const&) = delete;
    arena& operator=(arena const&) = delete;
    ~arena() {
        while (chunks_ != nullptr) {
            chunk* const next = chunks_->next;
            std::free(chunks_);
            chunks_ = next;
        }
    }

    // Null when the budget is spent or there is no memory.
    void* allocate(std::size_t bytes) {
        auto const size = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
        if (size > left_ && !grow(size)) return nullptr;
        void* const at = free_;
        free_ += size;
        left_ -= size;
        return at;
    }

    std::jmp_buf spent;  // where to go on when the budget is spent

private:
    struct alignas(std::max_align_t) chunk {
        chunk* next;
    };

    bool grow(std::size_t size) {
        auto const wanted = size > chunk_bytes ? size : chunk_bytes;
        if (wanted > budget_bytes - used_) return false;
        auto* const raw = std::malloc(sizeof(chunk) + wanted);
        if (raw == nullptr) return false;
        chunks_ = new (raw) chunk{chunks_};
        used_ += wanted;
        free_ = static_cast<std::byte*>(raw) + sizeof(chunk);
        left_ = wanted;
        return true;
    }

    chunk* chunks_ = nullptr;
    std::byte* free_ = nullptr;
    std::size_t left_ = 0;
    std::size_t used_ = 0;
};

// libgumbo doesn't check for null. Only its own C frames and these two lie between here and
// setjmp, none with anything to destroy.
void* allocate_or_leave(void* userdata, std::size_t bytes) {
    auto* const memory = static_cast<arena*>(userdata);
    void* const at = memory->allocate(bytes);
    if (at == nullptr) std::longjmp(memory->spent, 1);
    return at;
}

void forget(void*, void*) {}  // the arena frees everything at once

// Null when the budget is spent. No object with a destructor may live in this function.
GumboOutput* parse(arena& memory, char const* text, std::size_t size) {
    if (setjmp(memory.spent) != 0) return nullptr;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = allocate_or_leave;
    options.deallocator = forget;
    options.userdata = &memory;
    options.max_errors = 0;
    options.fragment_context = GUMBO_TAG_DIV;
    return gumbo_parse_with_options(&options, text, size);
}

}  // namespace

bool with_html_tree(std::string_view html, tree_writer write, std::string& out) {
    arena memory;
    GumboOutput const* const parsed = parse(memory, html.data(), html.size());
    if (parsed == nullptr) return false;
    out = write(*parsed->root);
    return true;
}

}  // namespace markup
