using FsCheck.Xunit;
using Millrace.StateBackends;
using Xunit;

namespace Millrace.Tests.State;

public sealed class TimerHeapTests
{
    [Property(MaxTest = 200)]
    public void ShouldGiveTimersInOrderOfTimeThenOfSetting_WhenSomeAreSwept(byte[] times, byte modulus)
    {
        TimerHeap<int, int> heap = new();
        for (int i = 0; i < times.Length; i++)
        {
            heap.Add(new TimerEntry<int, int>(new TimerKey<int, int>(times[i], i, 0), 0, i));
        }

        int m = 1 + (modulus % 5);
        heap.Sweep(entry => entry.Number % m == 0);
        List<(long, long)> taken = [];
        while (heap.Count > 0)
        {
            taken.Add((heap.Top.Timer.Timestamp, heap.Top.Number));
            heap.RemoveTop();
        }

        Assert.Equal(times.Select((time, i) => ((long)time, (long)i)).Where(entry => entry.Item2 % m == 0).Order(), taken);
    }

    [Property(MaxTest = 100)]
    public void ShouldGiveTimersInOrderOfTimeThenOfSetting_WhenTheyWereAppended(byte[] times)
    {
        TimerHeap<int, int> heap = new();
        for (int i = 0; i < times.Length; i++)
        {
            heap.Append(new TimerEntry<int, int>(new TimerKey<int, int>(times[i], i, 0), 0, i));
        }

        heap.Order();
        List<(long, long)> taken = [];
        while (heap.Count > 0)
        {
            taken.Add((heap.Top.Timer.Timestamp, heap.Top.Number));
            heap.RemoveTop();
        }

        Assert.Equal(times.Select((time, i) => ((long)time, (long)i)).Order(), taken);
    }
}
