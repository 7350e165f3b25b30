package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PrunedDecoderTest {
  /** What follows from the rest, whatever the family. */
  private static final Set<String> DERIVED = Set.of("family", "logits");

  /** A default of the interface would be said in the place of what the family says. */
  @Test
  void asksTheFamilyForEverything() {
    List<String> own =
        Arrays.stream(PrunedDecoder.class.getDeclaredMethods()).map(Method::getName).toList();
    assertThat(Arrays.stream(Decoder.class.getDeclaredMethods()).map(Method::getName))
        .filteredOn(name -> !DERIVED.contains(name) && !name.contains("$"))
        .allSatisfy(name -> assertThat(own).contains(name));
  }
}
