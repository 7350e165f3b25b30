package dev.secateur.coordinator.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrokesTest {
  @Test
  void modelsOfOneSettingShareColourAndMark() {
    Strokes strokes =
        Strokes.of(List.of("l2", "random", "l2, recovered", "random, recovered, validation"));
    assertThat(strokes.of("l2")).isEqualTo("c0 d0");
    assertThat(strokes.of("l2, recovered")).isEqualTo("c0 d1");
    assertThat(strokes.of("random, recovered, validation")).isEqualTo("c1 d2");
    assertThat(strokes.shape("l2")).isEqualTo(strokes.shape("l2, recovered"));
    assertThat(strokes.shape("random")).isNotEqualTo(strokes.shape("l2"));
    assertThat(strokes.legend()).hasSize(4);
  }

  @Test
  void moreThanCanBeToldApartAreToldByTheirModels() {
    List<String> names =
        IntStream.range(0, 60)
            .mapToObj(i -> "s" + i / 2 + (i % 2 == 0 ? "" : ", recovered"))
            .toList();
    Strokes strokes = Strokes.of(names);
    assertThat(strokes.crowded()).isTrue();
    assertThat(strokes.legend())
        .extracting(Strokes.Entry::name)
        .containsExactly("pruned", "recovered");
  }
}
