package dev.secateur.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors of GPUs as CUDA, its libraries and libtorch say them. */
class DeviceLostTest {
  private static final Device GPU = Device.gpu(1);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA error: uncorrectable ECC error encountered",
        "CUDA error: unspecified launch failure",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: an illegal instruction was encountered",
        "CUDA error: misaligned address",
        "CUDA error: device-side assert triggered",
        "CUDA error: the launch timed out and was terminated",
        "CUDA error: no CUDA-capable device is detected",
        "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
        "CUDA error: all CUDA-capable devices are busy or unavailable",
        "CUDA error: hardware stack error",
        "CUDA error: unknown error",
        "CUDA driver error: unknown error",
        "CUDA error: Invalid access of peer GPU memory over nvlink or a hardware error",
        "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "GPU is lost"
      })
  void aGpuThatHasFailedIsKnownByWhatCudaSays(String said) {
    assertThat(DeviceLostException.of(new EngineException(said), GPU))
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo("the GPU cuda:1 has failed: " + said);
    assertThat(DeviceLostException.of(new EngineException(said), Device.cpu())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: invalid argument",
        "CUDA error: invalid configuration argument",
        "mat1 and mat2 shapes cannot be multiplied (64x512 and 8x8)",
        "Expected all tensors to be on the same device, but found at least two devices"
      })
  void whatIsWrongWithACallIsNoFailureOfTheGpu(String said) {
    assertThat(DeviceLostException.of(new EngineException(said), GPU)).isEmpty();
  }

  @Test
  void theErrorIsFoundInATraceAndBelowOtherFailures() {
    RuntimeException traced =
        KernelException.of(
            new EngineException(
                "The following operation failed in the TorchScript interpreter.\n"
                    + "Traceback of TorchScript (most recent call last):\n  File \"k\", line 1\n"
                    + "RuntimeError: CUDA error: an illegal memory access was encountered\n"
                    + "CUDA kernel errors might be asynchronously reported at some other call\n"),
            "linear");
    assertThat(DeviceLostException.of(new IllegalStateException("block 3", traced), GPU))
        .get()
        .extracting(Throwable::getMessage)
        .isEqualTo(
            "the GPU cuda:1 has failed: CUDA error: an illegal memory access was encountered in"
                + " linear");
    assertThat(DeviceLostException.of(new IllegalStateException(), GPU)).isEmpty();
  }
}
