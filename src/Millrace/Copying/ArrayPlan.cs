namespace Millrace.Copying;

/// <summary>Copies arrays of one dimension.</summary>
internal sealed class ArrayPlan<T> : CopyPlan
{
    public override object Copy(object value, ObjectCopier copier)
    {
        T[] copy = (T[])((T[])value).Clone();
        if (!TypedCopy<T>.IsShared)
        {
            copier.Enter(value, copy);
            try
            {
                for (int i = 0; i < copy.Length; i++)
                {
                    copy[i] = copier.Copy(copy[i]);
                }
            }
            finally
            {
                copier.Leave();
            }
        }

        return copy;
    }
}
