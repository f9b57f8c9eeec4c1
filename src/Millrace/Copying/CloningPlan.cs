using System.Reflection;

namespace Millrace.Copying;

/// <summary>Copies objects whose parts are immutable.</summary>
internal sealed class CloningPlan : CopyPlan
{
    public static readonly CloningPlan Instance = new();

    /// <summary>A shallow copy of any object.</summary>
    public static readonly Func<object, object> Clone = typeof(object)
        .GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<object, object>>();

    public override object Copy(object value, ObjectCopier copier) => value is ICloneable cloneable ? cloneable.Clone() : Clone(value);
}
