package dev.secateur.evaluation;

/**
 * A request as tokens.
 *
 * @param index its place among the requests
 */
record EncodedRequest(int index, long[] context, long[] continuation) {}
