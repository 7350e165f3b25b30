package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

/** What is sent of an artifact; written beside the other fields of a message. */
public sealed interface ArtifactContent {
  @JsonCreator
  private static ArtifactContent read(
      @JsonProperty("name") String name, @JsonProperty("from") long from) {
    return name == null ? new Archive() : new File(name, from);
  }

  /** All of its files, as an archive; no field is written of it. */
  record Archive() implements ArtifactContent {}

  /**
   * One of its files.
   *
   * @param from where the bytes that are sent begin
   */
  record File(String name, long from) implements ArtifactContent {}
}
