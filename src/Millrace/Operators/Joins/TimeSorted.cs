using Millrace.Windows;

namespace Millrace.Operators.Joins;

/// <summary>Lists kept in order of time; of equal times, in order of arrival.</summary>
internal static class TimeSorted
{
    /// <summary>Inserts a record; what comes in order is inserted at the end at once.</summary>
    /// <returns>The index that it got.</returns>
    public static int Insert<T>(List<TimestampedValue<T>> list, T value, long timestamp)
    {
        int index = list.Count;
        while (index > 0 && list[index - 1].Timestamp > timestamp)
        {
            index--;
        }

        list.Insert(index, new TimestampedValue<T>(value, timestamp));
        return index;
    }

    /// <summary>Index of the first record at or after a time; the list's length if there is none.</summary>
    public static int FirstFrom<T>(List<TimestampedValue<T>> list, long timestamp)
    {
        int low = 0;
        int high = list.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (list[middle].Timestamp < timestamp)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Index of the last record at or before a time; -1 if there is none.</summary>
    public static int LastUpTo<T>(List<TimestampedValue<T>> list, long timestamp) =>
        timestamp == long.MaxValue ? list.Count - 1 : FirstFrom(list, timestamp + 1) - 1;
}
