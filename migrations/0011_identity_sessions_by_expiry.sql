-- identity: dead sign-ins are found by when they died, to be removed. (Those ended before have an index already.)
create index sessions_by_expiry on identity.sessions (expires_at);
