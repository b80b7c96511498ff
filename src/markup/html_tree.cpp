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

    std::jmp_buf given_up;  // where to go on when the budget is spent or an assertion failed

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
    if (at == nullptr) std::longjmp(memory->given_up, 1);
    return at;
}

void forget(void*, void*) {}  // the arena frees everything at once

// The arena of the document that this thread is parsing.
thread_local constinit arena* parsing = nullptr;

// Null when it was given up. No object with a destructor may live in this function.
GumboOutput* parse(arena& memory, char const* text, std::size_t size) {
    if (setjmp(memory.given_up) != 0) return nullptr;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = allocate_or_leave;
    options.deallocator = forget;
    options.userdata = &memory;
    options.max_errors = 0;
    return gumbo_parse_with_options(&options, text, size);
}

// A whole document, because libgumbo takes a fragment's foreign elements for HTML's when they bear the
// same names. Behind <body> nothing can become a frameset or part of the head.
constexpr std::string_view document_start = "<!DOCTYPE html><body>";

GumboNode const& body_of(GumboOutput const& parsed) {
    auto const& children = parsed.root->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
        auto const* const child = static_cast<GumboNode const*>(children.data[i]);
        if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == GUMBO_TAG_BODY) return *child;
    }
    return *parsed.root;
}

}  // namespace

bool with_html_tree(std::string_view html, tree_writer write, std::string& out) {
    std::string document(document_start);
    document += html;
    arena memory;
    parsing = &memory;
    GumboOutput const* const parsed = parse(memory, document.data(), document.size());
    parsing = nullptr;
    if (parsed == nullptr) return false;
    out = write(body_of(*parsed));
    return true;
}

extern "C" {

[[noreturn]] void __real___assert_fail(char const* claim, char const* file, unsigned line,
                                       char const* function);

// What assert() calls, anybody's in this program (glibc, Linux Standard Base).
[[noreturn]] void __wrap___assert_fail(char const* claim, char const* file, unsigned line,
                                       char const* function) {
    if (parsing != nullptr) std::longjmp(parsing->given_up, 1);
    __real___assert_fail(claim, file, line, function);
}
}

}  // namespace markup
