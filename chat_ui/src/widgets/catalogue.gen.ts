/** Generated from widgets/catalogue/<name>/schema.json by `npm run types`. Do not edit. */

/**
 * Every component.
 */
export type AnyComponent =
  | AudioPlayer
  | Button
  | Calendar
  | Card
  | Chart
  | CheckBox
  | ChoicePicker
  | Column
  | DateTimeInput
  | Divider
  | Icon
  | Image
  | List
  | Markdown
  | Metric
  | Modal
  | Progress
  | Row
  | Slider
  | Table
  | Tabs
  | Text
  | TextField
  | Timeline
  | Video;
/**
 * A recording that was uploaded before.
 */
export type AudioPlayer = Common & {
  component: "AudioPlayer";
  /**
   * The id of an uploaded file; never an address on the network.
   */
  url: string | Binding;
  description?: string | Binding | FunctionCall;
};
/**
 * Something to press.
 */
export type Button = Common & {
  component: "Button";
  child: Component;
  variant?: "default" | "primary" | "borderless";
  action:
    | {
        event: {
          name: string;
          /**
           * Becomes the payload, with every path read at the time of the click.
           */
          context?: {
            [k: string]: string | number | boolean | Binding | FunctionCall;
          };
        };
      }
    | {
        functionCall: {
          call: "openUrl";
          args: {
            url: string | Binding;
          };
        };
      };
};
/**
 * A month with marked days.
 */
export type Calendar = Common & {
  component: "Calendar";
  /**
   * Any day of the month, ISO 8601.
   */
  month: string | Binding | FunctionCall;
  /**
   * Each with `from`, `to` (days, ISO 8601, both inclusive), `label`, and `tone`: info, ok, warn or bad.
   */
  marks: {}[] | Binding;
};
/**
 * A frame around one child.
 */
export type Card = Common & {
  component: "Card";
  child: Component1;
};
/**
 * A plot with its numbers as a table behind it.
 */
export type Chart = Common & {
  component: "Chart";
  kind: "line" | "area" | "bar" | "pie";
  /**
   * Says what to see.
   */
  title: string | Binding | FunctionCall;
  /**
   * A list of objects.
   */
  data: {}[] | Binding;
  /**
   * The key of the category, date or slice name in each row.
   */
  x: string;
  /**
   * A pie draws the first only.
   *
   * @minItems 1
   * @maxItems 5
   */
  series: {
    key: string;
    label: string | Binding | FunctionCall;
  }[];
  /**
   * How values are written.
   */
  format?: "text" | "number" | "currency" | "percent" | "date" | "dateTime" | "relative";
  /**
   * ISO 4217.
   */
  currency?: string;
  /**
   * Written after each value.
   */
  unit?: string;
};
/**
 * Yes or no.
 */
export type CheckBox = Common & {
  component: "CheckBox";
  label: string | Binding | FunctionCall;
  value: boolean | Binding;
};
/**
 * One or several of some options. The value is always a list.
 */
export type ChoicePicker = Common & {
  component: "ChoicePicker";
  label?: string | Binding | FunctionCall;
  variant?: "mutuallyExclusive" | "multipleSelection";
  /**
   * @maxItems 100
   */
  options: {
    label: string | Binding | FunctionCall;
    value: string;
  }[];
  value: string[] | Binding;
  displayStyle?: "checkbox" | "chips";
  filterable?: boolean;
};
/**
 * Children one below the other.
 */
export type Column = Common & {
  component: "Column";
  children:
    | Component1[]
    | {
        /**
         * A JSON Pointer into the state; without a leading slash it starts at the element of the nearest template.
         */
        path: string;
        template: Component1;
      };
  justify?: "start" | "center" | "end" | "spaceBetween" | "spaceAround" | "spaceEvenly" | "stretch";
  align?: "start" | "center" | "end" | "stretch";
};
/**
 * A day, a time, or both, in ISO 8601.
 */
export type DateTimeInput = Common & {
  component: "DateTimeInput";
  label?: string | Binding | FunctionCall;
  value: string | Binding | FunctionCall;
  enableDate?: boolean;
  enableTime?: boolean;
  min?: string | Binding | FunctionCall;
  max?: string | Binding | FunctionCall;
};
/**
 * A thin line.
 */
export type Divider = Common & {
  component: "Divider";
  axis?: "horizontal" | "vertical";
};
/**
 * A small sign.
 */
export type Icon = Common & {
  component: "Icon";
  name:
    | (
        | "accountCircle"
        | "add"
        | "arrowBack"
        | "arrowForward"
        | "attachFile"
        | "calendarToday"
        | "call"
        | "camera"
        | "check"
        | "close"
        | "delete"
        | "download"
        | "edit"
        | "event"
        | "error"
        | "favorite"
        | "folder"
        | "help"
        | "home"
        | "info"
        | "locationOn"
        | "lock"
        | "lockOpen"
        | "mail"
        | "menu"
        | "moreHoriz"
        | "moreVert"
        | "notifications"
        | "notificationsOff"
        | "pause"
        | "payment"
        | "person"
        | "phone"
        | "photo"
        | "play"
        | "print"
        | "refresh"
        | "search"
        | "send"
        | "settings"
        | "share"
        | "shoppingCart"
        | "star"
        | "stop"
        | "upload"
        | "visibility"
        | "visibilityOff"
        | "warning"
      )
    | Binding;
};
/**
 * A picture that was uploaded before.
 */
export type Image = Common & {
  component: "Image";
  /**
   * The id of an uploaded file; never an address on the network.
   */
  url: string | Binding;
  /**
   * What the picture shows; without it the picture counts as decoration.
   */
  description?: string | Binding | FunctionCall;
  fit?: "contain" | "cover" | "fill" | "none" | "scaleDown";
  variant?: "icon" | "avatar" | "smallFeature" | "mediumFeature" | "largeFeature" | "header";
};
/**
 * Children of one kind, as a list.
 */
export type List = Common & {
  component: "List";
  children:
    | Component1[]
    | {
        /**
         * A JSON Pointer into the state; without a leading slash it starts at the element of the nearest template.
         */
        path: string;
        template: Component1;
      };
  direction?: "vertical" | "horizontal";
  align?: "start" | "center" | "end" | "stretch";
};
/**
 * Formatted text: no HTML, no remote images, links open in a new tab.
 */
export type Markdown = Common & {
  component: "Markdown";
  text: string | Binding | FunctionCall;
};
/**
 * One number that matters, and how it moved.
 */
export type Metric = Common & {
  component: "Metric";
  label: string | Binding | FunctionCall;
  value: number | string | Binding | FunctionCall;
  format?: "text" | "number" | "currency" | "percent" | "date" | "dateTime" | "relative";
  /**
   * ISO 4217.
   */
  currency?: string;
  unit?: string;
  /**
   * A share: 0.12 is 12 % more than before.
   */
  change?: number | Binding;
  changeLabel?: string | Binding | FunctionCall;
  /**
   * Which way is good; up when it is left out.
   */
  goodWhen?: ("up" | "down") | Binding;
};
/**
 * Content in a dialog, opened by its trigger.
 */
export type Modal = Common & {
  component: "Modal";
  trigger: Component2;
  content: Component1;
};
/**
 * How far something is.
 */
export type Progress = Common & {
  component: "Progress";
  label: string | Binding | FunctionCall;
  value: number | Binding;
  /**
   * 100 when it is left out.
   */
  max?: number | Binding;
};
/**
 * Children side by side; they wrap when there is no room.
 */
export type Row = Common & {
  component: "Row";
  children:
    | Component1[]
    | {
        /**
         * A JSON Pointer into the state; without a leading slash it starts at the element of the nearest template.
         */
        path: string;
        template: Component1;
      };
  justify?: "start" | "center" | "end" | "spaceBetween" | "spaceAround" | "spaceEvenly" | "stretch";
  align?: "start" | "center" | "end" | "stretch";
};
/**
 * A number between two ends.
 */
export type Slider = Common & {
  component: "Slider";
  label?: string | Binding | FunctionCall;
  min?: number;
  max: number;
  value: number | Binding;
};
/**
 * Rows and columns; can be sorted and acted on by row.
 */
export type Table = Common & {
  component: "Table";
  caption?: string | Binding | FunctionCall;
  /**
   * A list of objects.
   */
  rows: {}[] | Binding;
  /**
   * Written in the view, or a list of {key, label, format?} in the state.
   */
  columns:
    | {
        key: string;
        label: string | Binding | FunctionCall;
        format?: "text" | "number" | "currency" | "percent" | "date" | "dateTime" | "relative";
        /**
         * ISO 4217.
         */
        currency?: string;
        /**
         * Shows these values as badges.
         */
        tones?: {
          [k: string]: "plain" | "info" | "ok" | "warn" | "bad";
        };
      }[]
    | Binding;
  sortable?: boolean;
  pageSize?: number;
  /**
   * Paths without a leading slash start at the row.
   *
   * @maxItems 3
   */
  rowActions?: {
    label: string | Binding | FunctionCall;
    variant?: "default" | "primary";
    action:
      | {
          event: {
            name: string;
            /**
             * Becomes the payload, with every path read at the time of the click.
             */
            context?: {
              [k: string]: string | number | boolean | Binding | FunctionCall;
            };
          };
        }
      | {
          functionCall: {
            call: "openUrl";
            args: {
              url: string | Binding;
            };
          };
        };
  }[];
  /**
   * Shown when there is no row.
   */
  empty?: string | Binding | FunctionCall;
};
/**
 * One of several children at a time.
 */
export type Tabs = Common & {
  component: "Tabs";
  /**
   * @minItems 1
   * @maxItems 10
   */
  tabs: {
    title: string | Binding | FunctionCall;
    child: Component1;
  }[];
};
/**
 * A piece of text.
 */
export type Text = Common & {
  component: "Text";
  text: string | Binding | FunctionCall;
  variant?: "h1" | "h2" | "h3" | "h4" | "h5" | "caption" | "body";
};
/**
 * A line or a block of text to type. Its value travels with the next action.
 */
export type TextField = Common & {
  component: "TextField";
  label: string | Binding | FunctionCall;
  /**
   * Bind it to a path to receive what was typed.
   */
  value?: string | Binding | FunctionCall;
  variant?: "shortText" | "longText" | "number" | "obscured";
};
/**
 * What happened and what comes, in order.
 */
export type Timeline = Common & {
  component: "Timeline";
  /**
   * A list of objects.
   */
  items: {}[] | Binding;
};
/**
 * A film that was uploaded before.
 */
export type Video = Common & {
  component: "Video";
  /**
   * The id of an uploaded file; never an address on the network.
   */
  url: string | Binding;
};

export interface Common {
  /**
   * A name for the component, for tests and for the standard's flat form.
   */
  id?: string;
  /**
   * Share of the free space in a Row or Column.
   */
  weight?: number;
  accessibility?: {
    /**
     * Read instead of, or besides, what is on screen.
     */
    label?: string | Binding | FunctionCall;
  };
}
/**
 * A value from the state.
 */
export interface Binding {
  /**
   * A JSON Pointer into the state; without a leading slash it starts at the element of the nearest template.
   */
  path: string;
}
/**
 * A value written in the reader's locale.
 */
export interface FunctionCall {
  call: "formatString" | "formatNumber" | "formatCurrency" | "formatDate";
  args: {
    /**
     * What to write; for formatString a text with `${path}` in it.
     */
    value: string | number | Binding;
    /**
     * ISO 4217, for formatCurrency.
     */
    currency?: string | Binding;
    decimals?: number;
    /**
     * For formatDate.
     */
    format?: "date" | "time" | "dateTime" | "month" | "relative";
  };
}
/**
 * A Text for a label, an Icon, or a Row of both.
 */
export interface Component {
  component: string;
}
/**
 * Another component of the catalogue, inline.
 */
export interface Component1 {
  component: string;
}
/**
 * Another component of the catalogue, inline.
 */
export interface Component2 {
  component: string;
}
