// Which of the stored signing keys signs, and which only verify: whatever a row holds.
#include "identity/key_ring.hpp"

#include <gtest/gtest.h>

namespace {

using namespace identity;

class identity_key_ring : public testing::Test {
protected:
    crypto::secret_key const mine = crypto::secret_key::make();

    // `row` with another secret under the seal that its name asks for.
    signing_key_row sealed(signing_key_row row, std::string const& secret) const {
        std::string const text = crypto::seal(mine, secret, "signing-key:" + row.id);
        row.secret_key.assign(text.begin(), text.end());
        return row;
    }
};

TEST_F(identity_key_ring, signs_with_the_first_key_that_opens_and_has_begun) {
    signing_key_row late = make_signing_key(mine), next = make_signing_key(mine),
                    last = make_signing_key(mine);
    late.starts_in_us = 60'000'000;
    next = sealed(next, "no seed at all");
    key_ring const ring({late, next, last}, "i", mine);
    ASSERT_NE(ring.signer(), nullptr);
    EXPECT_EQ(ring.signer()->kid(), last.id);
    std::string const document = ring.public_document();
    for (signing_key_row const& row : {late, next, last})
        EXPECT_NE(document.find("\"kid\":\"" + row.id + "\""), std::string::npos) << "it verifies";
    EXPECT_NE(document.find("},{"), std::string::npos);
}

// One in 64 would: a command would take it for a flag.
TEST_F(identity_key_ring, no_name_begins_with_a_dash) {
    for (int i = 0; i < 1000; ++i) ASSERT_NE(make_signing_key(mine).id.front(), '-');
}

TEST_F(identity_key_ring, refuses_a_seed_that_is_another_keys) {
    signing_key_row const row = make_signing_key(mine);
    for (std::string const& secret : {std::string(crypto::signing_key::seed_size, 's'), std::string()})
        EXPECT_EQ(key_ring({sealed(row, secret)}, "i", mine).signer(), nullptr);
}

TEST_F(identity_key_ring, does_not_take_a_public_key_of_another_size) {
    signing_key_row row = make_signing_key(mine);
    row.public_key.pop_back();
    EXPECT_THROW(key_ring({row}, "i", mine), std::runtime_error);
}

}  // namespace
