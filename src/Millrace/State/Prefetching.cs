using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Millrace.State;

/// <summary>
/// Asks the processor for memory that is read a little later, so that many reads of a large table wait for it at the same time instead of
/// one after the other. Changes nothing, and does nothing where the processor has no such instruction.
/// </summary>
internal static unsafe class Prefetching
{
    /// <summary>Asks for the memory of a variable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Of<T>(ref T variable)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref variable));
        }
    }

    /// <summary>Asks for the object that a struct refers to first, if it has references: these lie in front.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReferredBy<T>(ref T variable)
    {
        // The object may move before it is read: then another line was asked for in vain.
        if (Sse.IsSupported && RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Sse.Prefetch0((void*)Unsafe.As<T, nint>(ref variable));
        }
    }
}
