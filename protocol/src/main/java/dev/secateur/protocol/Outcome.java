package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Map;

/** The outcome of a task. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Outcome.Succeeded.class, name = "succeeded"),
  @JsonSubTypes.Type(value = Outcome.InputLost.class, name = "input-lost"),
  @JsonSubTypes.Type(value = Outcome.Failed.class, name = "failed")
})
public sealed interface Outcome {
  /**
   * @param metrics small numbers, such as {@code perplexity}
   * @param seconds what the computation took, when it was computed
   * @param reused whether the artifact was there already
   * @param machine what computed it, be it long ago: worker, host, device and versions, by name;
   *     empty where it is unknown
   */
  record Succeeded(
      ArtifactRef artifact,
      Map<String, Double> metrics,
      double seconds,
      boolean reused,
      Map<String, String> machine)
      implements Outcome {
    public Succeeded {
      machine = machine == null ? Map.of() : machine;
    }
  }

  /**
   * @param message one line
   */
  record Failed(FailureKind kind, String message) implements Outcome {}

  /** The artifact of a stage that it reads is nowhere, or corrupted everywhere. */
  record InputLost(StageKey input) implements Outcome {}

  /** Why a task failed. */
  enum FailureKind implements Labelled {
    /** What the user gave is wrong; trying again does not help. */
    INPUT,
    /** A loss or gradient was not finite; the same numbers come out again. */
    NUMERIC,
    /** The device has too little memory, even for the smallest micro-batch; another may have it. */
    MEMORY,
    /** Anything else, such as a full disk or a lost worker. */
    INTERNAL;

    /** Whether another attempt may end otherwise. */
    public boolean retryable() {
      return this == INTERNAL || this == MEMORY;
    }
  }
}
