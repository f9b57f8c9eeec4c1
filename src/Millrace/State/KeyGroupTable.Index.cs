using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>
/// The index: segments of the scattered hashes, by their first bits (extendible hashing). A table has one segment that doubles until it is
/// of full size; one that is full is split in two then. All are about as full, so that a table grows by some slots whenever it gets a few
/// more entries, instead of all at once.
/// </summary>
internal sealed partial class KeyGroupTable<TKey, TValue>
    where TKey : notnull
{
    private const int MinCapacity = 16;

    // 32 kB: a split takes some microseconds, and what a scan has to write of a segment before it is split some hundred.
    private const int SegmentBits = 12;
    private const int SegmentCapacity = 1 << SegmentBits;
    private const int SegmentMask = SegmentCapacity - 1;

    // Of a segment of full size with all hashes.
    private const int FullShift = 64 - SegmentBits;

    // Where probing goes on behind the last home of a segment.
    private const int MostSpare = 32;

    // 2^64 divided by the golden ratio.
    private const ulong Scatter = 0x9E3779B97F4A7C15UL;

    // By the first bits of the scattered hash, at least one: a segment of fewer bits is there several times, in a row. What is counted of
    // it is counted at its first place, by which it is called.
    private Segment[] _segments = [];
    private int[] _counts = [];
    private int _segmentShift;

    // Of all segments together.
    private long _capacity;

    // What a split has left over, for the next one.
    private Slot[]? _spareSlots;

    // The next slot to be swept.
    private (int Segment, int Slot) _swept;

    /// <summary>The slots of the segment of a hash, and where to look for it first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Slot[] HomeOf(uint hash, out int home)
    {
        ulong scattered = hash * Scatter;
        ref Segment segment = ref _segments[(int)(scattered >> _segmentShift)];
        home = (int)(scattered >> segment.Shift) & SegmentMask;
        return segment.Slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int HomeOf(uint hash, int shift) => (int)((hash * Scatter) >> shift) & SegmentMask;

    private int SegmentOf(uint hash)
    {
        int place = (int)((hash * Scatter) >> _segmentShift);
        return place & -SpanOf(place);
    }

    /// <summary>In how many places a segment is.</summary>
    private int SpanOf(int segment) => 1 << (64 - _segmentShift - BitsOf(segment));

    // How many bits all hashes of a segment begin with.
    private int BitsOf(int segment) => Math.Max(0, FullShift - _segments[segment].Shift);

    private int CapacityOf(int segment) => 1 << Math.Min(SegmentBits, 64 - _segments[segment].Shift);

    private static int MaxCount(int capacity) => capacity - (capacity >> 2);

    /// <summary>Makes an index without entries.</summary>
    private void Allocate(long capacity)
    {
        int bits = Math.Max(0, BitOperations.Log2((ulong)capacity) - SegmentBits);
        _capacity = capacity;
        _segments = new Segment[1 << Math.Max(1, bits)];
        _counts = new int[_segments.Length];
        _segmentShift = 64 - Math.Max(1, bits);
        int shift = 64 - BitOperations.Log2((ulong)capacity);
        int span = _segments.Length >> bits;
        for (int segment = 0; segment < _segments.Length; segment += span)
        {
            _segments.AsSpan(segment, span).Fill(new Segment { Slots = NewSlots(capacity >> bits), Shift = shift });
        }
    }

    private static Slot[] NewSlots(long capacity) => new Slot[capacity + Math.Max(8, Math.Min(capacity >> 2, MostSpare))];

    /// <summary>Makes room in a segment that is full, unless most of the table is empty: then many hashes are the same.</summary>
    /// <returns>Whether anything was done.</returns>
    private bool Grow(int segment)
    {
        if (_segments[segment].Shift > FullShift)
        {
            EndScanOf(segment);
            Slot[] old = _segments[segment].Slots;
            int shift = _segments[segment].Shift - 1;
            Slot[] slots = NewSlots(1L << (64 - shift));
            _segments.AsSpan().Fill(new Segment { Slots = slots, Shift = shift });
            _capacity *= 2;
            foreach (Slot slot in old)
            {
                if (slot.Entry != 0)
                {
                    Place(slot, ref slots, segment, shift);
                }
            }

            return true;
        }

        if (SpanOf(segment) == 1)
        {
            if (Count < (long)_segments.Length * MaxCount(SegmentCapacity) / 4)
            {
                return false;
            }

            DoublePlaces();
            segment *= 2;
        }

        EndScanOf(segment);
        Split(segment);
        return true;
    }

    private void DoublePlaces()
    {
        Segment[] segments = new Segment[_segments.Length * 2];
        int[] counts = new int[segments.Length];
        for (int i = 0; i < _segments.Length; i++)
        {
            segments[2 * i] = segments[(2 * i) + 1] = _segments[i];
            counts[2 * i] = _counts[i];
        }

        (_segments, _counts) = (segments, counts);
        _segmentShift--;
        _swept.Segment *= 2;
        _scan?.OnPlacesDoubled();
    }

    private void Split(int segment)
    {
        int half = SpanOf(segment) / 2;
        int upper = segment + half;
        int shift = _segments[segment].Shift - 1;
        Slot[] old = _segments[segment].Slots;
        Slot[] lowerSlots = _spareSlots ?? NewSlots(SegmentCapacity);
        Slot[] upperSlots = NewSlots(SegmentCapacity);
        int lowerCount = 0;
        _segments.AsSpan(segment, half).Fill(new Segment { Slots = lowerSlots, Shift = shift });
        _segments.AsSpan(upper, half).Fill(new Segment { Slots = upperSlots, Shift = shift });
        _capacity += SegmentCapacity;
        foreach (Slot slot in old)
        {
            if (slot.Entry == 0)
            {
                continue;
            }

            if ((int)((slot.Hash * Scatter) >> _segmentShift) < upper)
            {
                lowerCount++;
                Place(slot, ref lowerSlots, segment, shift);
            }
            else
            {
                Place(slot, ref upperSlots, upper, shift);
            }
        }

        _counts[upper] = _counts[segment] - lowerCount;
        _counts[segment] = lowerCount;
        _spareSlots = null;
        if (old.Length == SegmentCapacity + MostSpare)
        {
            Array.Clear(old);
            _spareSlots = old;
        }
    }

    private void Place(Slot slot, ref Slot[] slots, int segment, int shift)
    {
        int i = FreeSlot(slots, HomeOf(slot.Hash, shift));
        if (i >= slots.Length)
        {
            slots = Widen(segment);
        }

        slots[i] = slot;
    }

    private static int FreeSlot(Slot[] slots, int i)
    {
        while (i < slots.Length && slots[i].Entry != 0)
        {
            i++;
        }

        return i;
    }

    /// <summary>Makes room behind the last home of a segment, where probing goes on instead of wrapping around.</summary>
    private Slot[] Widen(int segment)
    {
        Slot[] slots = _segments[segment].Slots;
        int capacity = CapacityOf(segment);
        Array.Resize(ref slots, capacity + ((slots.Length - capacity) * 2));
        _segments.AsSpan(segment, SpanOf(segment)).Fill(_segments[segment] with { Slots = slots });
        return slots;
    }

    private struct Segment
    {
        public Slot[] Slots;

        /// <summary>Of a scattered hash, to its home.</summary>
        public int Shift;
    }
}
