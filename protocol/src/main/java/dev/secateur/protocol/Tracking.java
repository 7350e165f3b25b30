package dev.secateur.protocol;

import java.util.Optional;

/**
 * The external services that receive reports of a sweep, as its author requested. It contains no
 * secret.
 *
 * @param mlflow the address of an MLflow server that gets a run for each trial
 * @param experiment that contains those runs
 * @param links an address of the API for links to artifacts; if empty, paths are used
 * @param webhook the address that receives failures and the end of the sweep
 * @param secret the name of the environment variable of coordinators whose value signs messages to
 *     the webhook; empty if there is no webhook
 */
public record Tracking(
    Optional<String> mlflow,
    String experiment,
    String links,
    Optional<String> webhook,
    String secret) {}
