package dev.secateur.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.secateur.Fixtures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What would fail on a GPU fails on the simulated device. */
class PlacementTest {
  private static final Pattern MAKES =
      Pattern.compile("torch\\.(zeros|ones|empty|full|arange|eye|tensor|rand\\w*|from_file)\\(");

  private final Kernels kernels = Kernels.get();
  private final NDManager host = NDManager.newBaseManager(Device.cpu());
  private final NDManager device = NDManager.newBaseManager(Devices.SIMULATED);

  @AfterEach
  void close() {
    host.close();
    device.close();
  }

  private static NDArray numbers(NDManager scope) {
    return HostArrays.of(scope, new float[] {1, 2, 3}, 1, 3);
  }

  @Test
  void aKernelTakesArraysOfOneDevice() {
    assertThat(HostArrays.floats(kernels.add(host, numbers(host), numbers(host))))
        .containsExactly(2, 4, 6);
    assertThat(HostArrays.floats(kernels.add(device, numbers(device), numbers(device))))
        .containsExactly(2, 4, 6);
  }

  @Test
  void aKernelRefusesAnArrayOfTheHostAmongTheDevices() {
    assertThatThrownBy(() -> kernels.add(device, numbers(device), numbers(host)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernel 'add': operand 1 (1, 3) lies on cpu(), not on simulated(0)");
    assertThatThrownBy(() -> kernels.accumulate(numbers(device), numbers(host), 1))
        .hasMessageContaining("kernel 'accumulate': operand 1");
    NDArray x = kernels.leaf(device, numbers(device));
    assertThatThrownBy(() -> kernels.grad(device, x, numbers(device), List.of(x, numbers(host))))
        .hasMessageContaining("kernel 'grad': operand 2");
  }

  @Test
  void theResultBelongsToWhereItsOperandsLie() {
    assertThatThrownBy(() -> kernels.silu(host, numbers(device)))
        .hasMessageContaining("kernel 'silu': operand 0 (1, 3) lies on simulated(0), not on cpu()");
    assertThatThrownBy(() -> StorageKernels.get().allocate(device, 6, 3))
        .hasMessageContaining("kernel 'allocate' makes an array of the host");
  }

  @Test
  void attachingAnArrayDoesNotMoveIt() {
    NDArray stays = numbers(host);
    stays.attach(device);
    assertThatThrownBy(() -> kernels.silu(device, stays))
        .hasMessageContaining("was attached to simulated(0) and never moved there");
    NDArray left = numbers(device);
    left.attach(host);
    assertThatThrownBy(() -> kernels.silu(host, left))
        .hasMessageContaining("was attached to cpu() and never moved there");
    assertThatThrownBy(() -> HostArrays.floats(left)).hasMessageContaining("never moved there");
  }

  @Test
  void transfersCopyAndAreFreeOnTheHost() {
    NDArray x = numbers(host);
    NDArray there = Transfers.get().toDevice(device, x);
    kernels.multiply(there, there);
    assertThat(HostArrays.floats(there)).containsExactly(1, 4, 9);
    assertThat(HostArrays.floats(x)).containsExactly(1, 2, 3);
    assertThat(Transfers.get().toHost(host, x)).isSameAs(x);
    assertThat(Transfers.get().toDevice(host, x)).isSameAs(x);
    NDArray back = Transfers.get().toHost(host, there);
    assertThat(HostArrays.floats(kernels.add(host, back, x))).containsExactly(2, 6, 12);
  }

  @Test
  void transfersGoOneWayEach() {
    assertThatThrownBy(() -> Transfers.get().toDevice(device, numbers(device)))
        .hasMessageContaining("'to_device' makes an array of the host");
    assertThatThrownBy(() -> Transfers.get().toHost(device, numbers(device)))
        .hasMessageContaining("'to_host' makes an array of the host");
  }

  @Test
  void javasNumbersGoThereAndBack() {
    ByteBuffer bits = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    bits.putFloat(5).putFloat(-6).rewind();
    for (NDManager scope : List.of(host, device)) {
      assertThat(HostArrays.floats(HostArrays.of(scope, bits, DataType.FLOAT32)))
          .containsExactly(5, -6);
      assertThat(HostArrays.integer(HostArrays.of(scope, new long[] {1L << 40})))
          .isEqualTo(1L << 40);
      assertThat(HostArrays.number(kernels.ones(scope))).isEqualTo(1);
      assertThat(HostArrays.floats(kernels.zeros(scope, 1, 2))).containsExactly(0, 0);
      ByteBuffer target = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
      HostArrays.put(numbers(scope), target);
      assertThat(target.getFloat(8)).isEqualTo(3);
    }
  }

  @Test
  void filesAreMappedOnTheHostOnly() {
    String file = Fixtures.resource("logback-test.xml").toString();
    assertThat(StorageKernels.get().mapped(host, file, 6, 2).size()).isEqualTo(2);
    assertThatThrownBy(() -> StorageKernels.get().mapped(device, file, 6, 2))
        .hasMessageContaining("kernel 'mapped' makes an array of the host");
  }

  @Test
  void djlMakesNoArrayOnTheSimulatedDevice() {
    assertThatThrownBy(() -> device.create(new float[] {1})).isInstanceOf(RuntimeException.class);
  }

  /** What a kernel makes of nothing would lie on the host if it did not say where. */
  @Test
  void kernelsSayWhereTheyMakeArrays() throws IOException {
    try (InputStream code = Kernels.class.getResourceAsStream("kernels.py")) {
      String text = new String(code.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(text.lines().filter(line -> MAKES.matcher(line).find()))
          .hasSizeGreaterThan(5)
          .filteredOn(line -> !line.contains("device="))
          .containsExactlyInAnyOrder(
              "    return torch.from_file(file, False, count, dtype=type)",
              "    return torch.zeros([count], dtype=type)");
    }
  }
}
