package dev.secateur.actors.client;

import dev.secateur.protocol.InputException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The addresses of one API, starting with the one that answered last. */
public final class Addresses {
  /** Where a coordinator on the same machine serves its API. */
  public static final String LOCAL = "http://127.0.0.1:7420";

  private final List<URI> all;
  private int current;

  private Addresses(List<URI> all) {
    this.all = all;
  }

  /**
   * @param source what the text was given by, such as an option
   * @param text one address, or several with commas between
   * @throws InputException when one of them is no address
   */
  public static Addresses of(String source, String text) {
    List<URI> all = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      URI address = parsed(part.strip()).orElseThrow(() -> wrong(source, text, part.strip()));
      if (!all.contains(address)) {
        all.add(address);
      }
    }
    return new Addresses(all);
  }

  private static Optional<URI> parsed(String text) {
    try {
      URI address = URI.create(text.replaceFirst("/+$", ""));
      boolean http = String.valueOf(address.getScheme()).matches("(?i)https?");
      return http && address.getHost() != null ? Optional.of(address) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static InputException wrong(String source, String text, String part) {
    String which = text.contains(",") ? ", of which '" + part + "' is not an address" : "";
    return new InputException(
        source
            + " is '"
            + text
            + "'"
            + which
            + "; it must be an address such as "
            + LOCAL
            + ", or several separated by commas");
  }

  URI current() {
    return all.get(current);
  }

  int count() {
    return all.size();
  }

  /** The next is asked from now on, if an address that failed is still the one to be asked. */
  void leave(URI failed) {
    if (current().equals(failed)) {
      current = (current + 1) % all.size();
    }
  }
}
