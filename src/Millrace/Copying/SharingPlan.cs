namespace Millrace.Copying;

/// <summary>Shares what cannot or need not be copied.</summary>
internal sealed class SharingPlan : CopyPlan
{
    public static readonly SharingPlan Instance = new();

    public override object Copy(object value, ObjectCopier copier) => value;
}
