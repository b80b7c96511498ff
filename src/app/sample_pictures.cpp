#include "app/routes.hpp"
#include "sample/pictures.hpp"

namespace app {
namespace {

core::task<http::reply> show(http::call& c) {
    auto picture = sample::draw(std::string_view(c.in.path).substr(sample::pictures_path.size()));
    if (!picture) co_return http::problem_reply(core::not_found, c.request_id);
    http::reply r{.body = *std::move(picture), .content_type = "image/svg+xml"};
    r.fields.emplace_back("etag", http::make_etag(r.body, std::nullopt));
    r.fields.emplace_back("cache-control", "public, max-age=604800");
    r.fields.emplace_back("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    co_return r;
}

}  // namespace

void add_sample_pictures(http::registry& to) {
    to.add_raw(http::method::get, std::string(sample::pictures_path) + "{picture}", "sample_picture", &show);
}

}  // namespace app
