package dev.secateur.protocol;

import java.util.Optional;

/**
 * Who is told of a sweep outside of Secateur, because its author asked for it. There is no secret
 * in it.
 *
 * @param mlflow the address of an MLflow server that gets a run for each trial
 * @param experiment which has those runs
 * @param links an address of the API, to link artifacts by; paths alone where it is empty
 * @param webhook the address that is told of failures and of the end
 * @param secret the name of the environment variable of coordinators by whose value messages to the
 *     webhook are signed; empty where there is no webhook
 */
public record Tracking(
    Optional<String> mlflow,
    String experiment,
    String links,
    Optional<String> webhook,
    String secret) {}
