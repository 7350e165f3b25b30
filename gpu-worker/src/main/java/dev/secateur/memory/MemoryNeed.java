package dev.secateur.memory;

/**
 * The most memory that a piece of work holds at a time.
 *
 * @param device bytes of arrays on the device that computes; on a GPU what CUDA itself takes comes
 *     on top
 * @param host bytes of the process beside them: Java and libtorch. Files that are mapped are not in
 *     it: the system may take their memory back at any time
 */
public record MemoryNeed(long device, long host) {

  /** Of a processor, whose memory is the host's. */
  public long onProcessor() {
    return device + host;
  }
}
