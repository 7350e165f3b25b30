package dev.secateur.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.StageSpec;
import org.junit.jupiter.api.Test;

class StageComputationsTest {
  @Test
  void thereIsOneForEveryKindOfStage() {
    assertThat(StageComputations.ALL.stream().map(StageComputation::spec).toArray())
        .containsExactlyInAnyOrder((Object[]) StageSpec.class.getPermittedSubclasses());
  }
}
