// libpq.so.5, opened on first use: linking it would cost every start 9 ms and 6 MB (LDAP, Kerberos
// and GnuTLS come along). Only the .cpp files of this layer include this.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace db {

// clang-format off
#define CARRACK_LIBPQ_FUNCTIONS(X)                                                                  \
    X(conninfoParse) X(conninfoFree) X(connectStartParams) X(connectPoll) X(connectdbParams)        \
    X(socket) X(status) X(errorMessage) X(finish) X(setnonblocking) X(enterPipelineMode)            \
    X(sendPrepare) X(sendQueryPrepared) X(sendQueryParams) X(pipelineSync) X(flush)                 \
    X(consumeInput) X(isBusy) X(getResult) X(resultStatus) X(resultErrorField)                      \
    X(resultErrorMessage) X(ntuples) X(nfields) X(ftype) X(fname) X(getvalue) X(getlength)          \
    X(getisnull) X(cmdTuples) X(cmdStatus) X(clear) X(transactionStatus) X(serverVersion)           \
    X(getCancel) X(freeCancel) X(cancel) X(setErrorVerbosity) X(setNoticeReceiver) X(exec)          \
    X(execParams) X(escapeIdentifier) X(escapeLiteral) X(freemem) X(user) X(db) X(host) X(reset)    \
    X(backendPID)
// clang-format on

struct libpq {
#define CARRACK_LIBPQ_MEMBER(name) decltype(&::PQ##name) name;
    CARRACK_LIBPQ_FUNCTIONS(CARRACK_LIBPQ_MEMBER)
#undef CARRACK_LIBPQ_MEMBER
};

// Opens the library the first time; throws db::unavailable, saying what to install, when it can't.
libpq const& pq();

}  // namespace db
