package dev.secateur.protocol;

/**
 * Where a sweep comes from. Its results say it; nothing is decided by it, and it is in no key.
 *
 * @param command what its author typed, or asked of the API
 * @param client what sent it, as it calls itself
 * @param configuration the text as it was submitted
 * @param settings every key of the configuration with its value, defaults included, as JSON
 */
public record Origin(String command, String client, String configuration, String settings) {
  /** Of sweeps that were submitted before they told theirs. */
  public static final Origin UNKNOWN = new Origin("", "", "", "{}");
}
