package dev.secateur.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.tensor.DeviceMemoryException;
import org.junit.jupiter.api.Test;

/** What copies to a GPU take of the host. */
class HostNeedTest {
  private static final long MIB = 1L << 20;

  private final MemoryModel llama =
      MemoryModel.of(
          MemoryModelTest.decoder(
              """
              {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
               "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}"""));

  @Test
  void aPinnedCopyHasASizeOfAPowerOfTwoAndIsUsedAgain() {
    // the embedding, and then the head, take 250 MiB; a block four matrices of 32 and three of 86
    long norms = llama.pinned() - (256 + 4 * 32 + 3 * 128) * MIB;
    assertThat(norms).isEqualTo(2 * 8192);
  }

  @Test
  void whatTheShareOfTheHostHasNoRoomForIsRefusedWithItsFigures() {
    HostNeed need = HostNeed.of(llama);
    long all = need.process() + need.pinned();
    assertThatCode(() -> need.check("/m", "cuda:0", all)).doesNotThrowAnyException();
    assertThatThrownBy(() -> need.check("/m", "cuda:0", all - MIB))
        .isInstanceOf(DeviceMemoryException.class)
        .hasMessage(
            "/m on cuda:0 needs 972 MiB of host memory, 768 of them pinned for copies to the"
                + " GPU; this process has a share of 971 MiB (start fewer worker processes on this"
                + " host, or raise secateur.worker.host-memory)");
  }
}
