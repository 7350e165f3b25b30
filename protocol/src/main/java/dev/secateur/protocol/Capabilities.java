package dev.secateur.protocol;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a worker brings along.
 *
 * @param device such as {@code cpu} or {@code cuda:0}
 * @param memory bytes of the device, or of the machine where the device is its processor; 0 where
 *     it is not known
 * @param precisions that its device computes in
 * @param versions of what computes, by name
 * @param models hashes of the base models that it holds
 * @param codeVersion of what stages compute there; absent where the worker is of a time before
 *     workers told it, and then it is like none
 * @param disk the room for what it writes; absent where it is not known, or the worker is of a time
 *     before workers told it, and then no stage is too large
 */
public record Capabilities(
    String device,
    long memory,
    Set<Precision> precisions,
    Map<String, String> versions,
    Set<String> models,
    Optional<CodeVersion> codeVersion,
    Optional<DiskRoom> disk) {

  /** Of a worker whose room on disk is not known. */
  public Capabilities(
      String device,
      long memory,
      Set<Precision> precisions,
      Map<String, String> versions,
      Set<String> models,
      Optional<CodeVersion> codeVersion) {
    this(device, memory, precisions, versions, models, codeVersion, Optional.empty());
  }

  public Capabilities with(Optional<DiskRoom> room) {
    return new Capabilities(device, memory, precisions, versions, models, codeVersion, room);
  }
}
