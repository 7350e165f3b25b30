package dev.secateur.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import dev.secateur.tensor.Transfers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tensors of a safetensors file as arrays in their own element type: on the host views of the
 * file, which libtorch maps as a whole. A tensor that lies at an odd place, or in a file that can't
 * be mapped so, is copied.
 */
final class MappedTensors implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MappedTensors.class);
  private static final int PIECE_BYTES = 1 << 28;

  private final StorageKernels kernels = StorageKernels.get();
  private final SafetensorsFile file;
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final Map<ElementType, NDArray> whole = new EnumMap<>(ElementType.class);
  private final Set<ElementType> unmapped = new HashSet<>();
  private final Set<String> finite = new HashSet<>();

  /**
   * @param file stays open as long as this is used
   */
  MappedTensors(SafetensorsFile file) {
    this.file = file;
  }

  /**
   * A tensor of weights, on the scope's device.
   *
   * @return an array of the scope, or on the host a view of the file; never to be changed in place
   * @throws dev.secateur.protocol.InputException when it is missing, of another type than weights
   *     have, or holds a value that is not finite
   */
  NDArray read(String name, NDManager scope) {
    if (scope.getDevice().equals(Device.cpu())) {
      return onHost(name, scope);
    }
    try (NDManager host = scope.newSubManager(Device.cpu())) {
      return Transfers.get().toDevice(scope, onHost(name, host));
    }
  }

  private NDArray onHost(String name, NDManager scope) {
    StoredTensor stored = file.tensor(name);
    StoredFloats.checkType(file, stored);
    NDArray flat = flat(stored, scope);
    NDArray array = kernels.shaped(scope, flat, stored.shape());
    if (!finite.contains(name)) {
      if (stored.elements() > 0 && !Kernels.get().isFinite(array)) {
        StoredFloats.refuse(file, stored);
      }
      finite.add(name);
    }
    return array;
  }

  private NDArray flat(StoredTensor stored, NDManager scope) {
    int width = stored.type().bytes();
    if (stored.begin() % width == 0 && isMapped(stored.type())) {
      return Kernels.get()
          .slice(scope, whole.get(stored.type()), 0, stored.begin() / width, stored.elements());
    }
    return copied(stored, scope);
  }

  private boolean isMapped(ElementType type) {
    if (!whole.containsKey(type) && !unmapped.contains(type)) {
      try {
        long count = file.size() / type.bytes();
        whole.put(
            type,
            kernels.mapped(
                manager, file.path().toAbsolutePath().toString(), numberOf(type), count));
      } catch (RuntimeException e) { // the system grants no mapping of that size
        LOG.info("{} is read instead of mapped: {}", file.path(), e.getMessage());
        unmapped.add(type);
      }
    }
    return whole.containsKey(type);
  }

  /** The same elements in memory of their own. */
  private NDArray copied(StoredTensor stored, NDManager scope) {
    NDArray target = kernels.allocate(scope, numberOf(stored.type()), stored.elements());
    int count = PIECE_BYTES / stored.type().bytes();
    for (long start = 0; start < stored.elements(); start += count) {
      int piece = (int) Math.min(count, stored.elements() - start);
      try (NDManager local = scope.newSubManager()) {
        Kernels.get().write(target, start, piece(stored, start, piece, local));
      }
    }
    return target;
  }

  private NDArray piece(StoredTensor stored, long start, int count, NDManager scope) {
    int bytes = count * stored.type().bytes();
    // Bfloat16 goes as integers of two numbers, the last of which may be half empty.
    int whole = stored.type() == ElementType.BF16 ? (bytes + 3) / 4 * 4 : bytes;
    ByteBuffer own = ByteBuffer.allocateDirect(whole).order(ByteOrder.nativeOrder());
    own.put(file.map(stored, start, count)).rewind();
    return switch (stored.type()) {
      case F32 -> HostArrays.of(scope, own, DataType.FLOAT32);
      case F16 -> HostArrays.of(scope, own, DataType.FLOAT16);
      default -> kernels.bfloat16OfBits(scope, own, count);
    };
  }

  /** As libtorch numbers its element types. */
  private static long numberOf(ElementType type) {
    return switch (type) {
      case F16 -> 5;
      case F32 -> 6;
      case BF16 -> 15;
      default -> throw new IllegalArgumentException("weights can't be stored as " + type);
    };
  }

  /** Reads a tensor's part of the file into the system's cache. */
  void readAhead(String name) {
    StoredTensor stored = file.tensor(name);
    int count = PIECE_BYTES / stored.type().bytes();
    for (long start = 0; start < stored.elements(); start += count) {
      int piece = (int) Math.min(count, stored.elements() - start);
      ((MappedByteBuffer) file.map(stored, start, piece)).load();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
