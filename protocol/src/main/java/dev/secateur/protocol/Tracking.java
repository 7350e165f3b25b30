package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The external services that receive reports of a sweep, as its author requested. It contains no
 * secret.
 *
 * @param mlflow the address of an MLflow server that gets a run for each trial; empty if none does,
 *     and then written as null
 * @param experiment that contains those runs
 * @param links an address of the API for links to artifacts; if empty, paths are used
 * @param webhook the address that receives failures and the end of the sweep; empty if none does,
 *     and then written as null
 * @param secret the name of the environment variable of coordinators whose value signs messages to
 *     the webhook; empty if there is no webhook
 */
public record Tracking(
    String mlflow, String experiment, String links, String webhook, String secret) {
  /** No service receives reports. */
  public static final Tracking NONE = new Tracking("", "", "", "", "");

  public Tracking {
    mlflow = mlflow == null ? "" : mlflow;
    webhook = webhook == null ? "" : webhook;
  }

  @JsonIgnore
  public boolean isNone() {
    return equals(NONE);
  }

  @JsonProperty("mlflow")
  String writtenMlflow() {
    return mlflow.isEmpty() ? null : mlflow;
  }

  @JsonProperty("webhook")
  String writtenWebhook() {
    return webhook.isEmpty() ? null : webhook;
  }
}
